"""Vector tiles: stations as the map draws them."""
