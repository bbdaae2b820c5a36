# DICOM over the web, from outside, with pydicom's samples (Debian's python3-pydicom) and dcmtk's img2dcm. The quick tier has a sample.
yq_test(interop/dicom TIMEOUT 300 LABELS interop
    COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/dicom.py character_set right_patient broken_objects)
yq_test(interop/dicom-all LONG TIMEOUT 900 LABELS interop COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/dicom.py)
