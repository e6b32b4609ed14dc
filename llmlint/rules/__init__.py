"""One file a rule. A rule is a pure function from a call site to findings; its module's docstring is its documentation."""
