"""What speaks with equipment: the scales' protocols, by the names under which instruments are set up."""
