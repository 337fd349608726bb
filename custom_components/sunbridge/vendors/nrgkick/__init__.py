"""NRGkick wallboxes, which ask us: the Custom API of theirs, served."""
