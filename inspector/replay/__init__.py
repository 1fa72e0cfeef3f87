"""What was recorded, once more: over real HTTP, in process, and on the screen; with faults where they are wanted.

Times are nanoseconds since the request, `t_ns`. Everything that answers is a sequence of emissions (see emission.py):
recorded ones, brought to a pace, then changed by faults, then carried out by the server or by the in-process transport.
"""
