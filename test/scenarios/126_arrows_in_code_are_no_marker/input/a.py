x = a >> b  # one
