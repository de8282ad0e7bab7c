# Keep the existing code path for old clients.
# The rest is loaded when needed.
x = 1
