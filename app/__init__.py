"""VoltWay: an EV-charging-station service over the open registries."""
