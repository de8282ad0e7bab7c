def limit():
    return 20
