import os
import the_first_module as one
end_of_the_file = 1
