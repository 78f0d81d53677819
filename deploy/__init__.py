"""How the app is put on a server: processes, nginx before them, a container."""
