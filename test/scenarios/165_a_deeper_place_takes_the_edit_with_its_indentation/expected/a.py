class A:
    def f(self):
        if ready:
            prepare()
            start()
