# DICOM over the web, from outside, with pydicom's samples (Debian's python3-pydicom) and dcmtk's img2dcm.
yq_test(interop/dicom TIMEOUT 300 LABELS interop COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/dicom.py)
