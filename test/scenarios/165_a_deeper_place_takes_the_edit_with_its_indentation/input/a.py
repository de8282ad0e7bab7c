class A:
    def f(self):
        if ready:
            start()
