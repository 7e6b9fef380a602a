"""Words of execution for templates."""
