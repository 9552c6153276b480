"""``voltway bench toolkit``: each claim about the toolkit beside its baseline, in one run."""
