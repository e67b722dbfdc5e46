from . import enter
