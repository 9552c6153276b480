"""``voltway bench capacity``: what a whole service needs, and a model held against it."""
