if ready:
    prepare()
    start()
