"""What makes llmlint faster and knows nothing of calls: byte search, cheap data classes, when garbage is collected."""
