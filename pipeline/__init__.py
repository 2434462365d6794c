# First of all imports in a stage: it caps NumPy and OpenCV before they are loaded.
import facepencil as facepencil
