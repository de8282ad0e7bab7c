if a:
    start(service)
if b:
        start(service)
