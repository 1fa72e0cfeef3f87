"""The parts of a screen, one file each. All draw by the line API: only what is visible costs."""
