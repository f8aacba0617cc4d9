"""Widgets and formatting shared by several pages."""
