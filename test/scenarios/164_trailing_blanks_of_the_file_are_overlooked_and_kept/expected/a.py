x = 1  
def a():  
    return compute_it()
y = 2  
