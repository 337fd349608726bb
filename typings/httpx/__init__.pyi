# On Home Assistant 2026.11 `import httpx` gives the module httpx2.
from httpx2 import *
