if ready:
    start()
