"""Values as the registries write them, read into ours; pure, shared by all feeds."""
