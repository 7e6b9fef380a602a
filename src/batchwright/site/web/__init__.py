"""The shell's own pages: home, find, theme, and the frame that every page stands in."""
