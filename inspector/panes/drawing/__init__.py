"""Drawing without a toolkit: lines of (text, role) pieces, which a widget gives its theme's styles."""
