x = 1  
def a():  
    pass	
y = 2  
