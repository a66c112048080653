"""The commands of DESIGN §5, a module for each family."""
