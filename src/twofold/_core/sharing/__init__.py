"""Saving tools and agents as files, loading them again, sharing them on the Hub: all of it that does not wait.

What goes over the network is written as functions that block; the packages of the two APIs call them.
"""
