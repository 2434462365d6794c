# First of all imports of a benchmark: it caps NumPy and OpenCV before they are loaded.
import facepencil as facepencil
