"""``voltway bench page``: the map page in a real browser, over a large catalogue."""
