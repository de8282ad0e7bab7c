import os
import logging
