d = 4
a = 1
c = 3
b = 2
