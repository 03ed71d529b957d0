"""Tests of the plots, without Home Assistant."""
