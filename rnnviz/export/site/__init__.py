"""The app as a static web site: pages, and what they show as files that are loaded when asked for."""
