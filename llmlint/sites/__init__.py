"""The calls of a project as a list (`llmlint sites`) and as a page (`llmlint report`), and what identifies their requests in logs."""
