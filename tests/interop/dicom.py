"""DICOM over the web, seen from outside: pydicom's samples (Debian's python3-pydicom) and objects made by img2dcm are stored, found,
fetched and drawn; whose they are is checked; what is broken is refused; who may not see them does not."""
import glob
import io
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rules"))
sys.path.append("/usr/lib/python3/dist-packages")
import house
from house import CANARY, scan, site
from ward import FHIR, Ward, bind, change, label, make, ref

try:
    import pydicom
    from pydicom.uid import generate_uid
except ImportError:
    print("python3-pydicom is not installed")
    sys.exit(77)

DATA = os.path.join(os.path.dirname(pydicom.__file__), "data")
BOUNDARY = "-x=y(1)"


def sample(name):
    with open(f"{DATA}/{name}", "rb") as f:
        return f.read()


def words(data):
    return pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True)


def own_uids(data):
    """Samples that were made of one another have the same UIDs; those that are stored apart get others of the same length, in place."""
    d = words(data)
    for element in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
        old = str(d.get(element))
        new = generate_uid()
        new = (new + "1" * 64)[:len(old)]
        data = data.replace(old.encode(), new.encode())
    return data


def multipart(objects, boundary=BOUNDARY):
    out = b""
    for one in objects:
        out += f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode() + one + b"\r\n"
    return out + f"--{boundary}--\r\n".encode()


def store(client, objects, query="", study="", body=None, boundary=BOUNDARY):
    return client.ask("POST", f"/dicom-web/studies{study}{query}", body or multipart(objects, boundary),
                      {"Content-Type": f'multipart/related; type="application/dicom"; boundary="{boundary}"'})


def parts(answer):
    """The parts of a multipart answer: (type, bytes)."""
    kind = answer.headers["Content-Type"]
    mark = b"--" + kind.split("boundary=")[1].strip('"').encode()
    found = []
    for piece in answer.body.split(b"\r\n" + mark if False else mark)[1:]:
        if piece.startswith(b"--"):
            return found
        head, _, body = piece[2:].partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        found.append((fields["Content-Type"], body[:-2]))
    raise AssertionError("the last mark is missing")


def person(client, number, **more):
    return make(client, {"resourceType": "Patient", "identifier": [{"system": "urn:yunqiao:detainee", "value": number}],
                         "name": [{"text": "某人"}], **more})


def address(data, level=3):
    d = words(data)
    path = f"/dicom-web/studies/{d.StudyInstanceUID}"
    if level > 1:
        path += f"/series/{d.SeriesInstanceUID}"
    return path + (f"/instances/{d.SOPInstanceUID}" if level > 2 else "")


def value(found, tag):
    return (found.get(tag) or {}).get("Value", [None])[0]


def failures(answer):
    return [(value(i, "00081197"), value(i, "00000902")) for i in answer.json.get("00081198", {}).get("Value", [])]


def proof_samples_are_stored_found_and_drawn():
    with site() as s:
        nurse, doctor = s.token("nurse"), s.token("clinic-doctor")
        names = ["CT_small", "MR_small", "MR_small_RLE", "MR_small_bigendian", "MR_small_implicit", "MR_small_jpeg_ls_lossless",
                 "JPEG2000", "JPEG-lossy", "JPGExtended", "SC_rgb_jpeg_dcmtk", "SC_rgb_rle_2frame", "image_dfl", "liver_1frame", "rtdose",
                 "693_J2KI", "test-SR", "waveform_ecg"]
        shown, not_shown, refused = [], [], []
        studies = {}
        for name in names:
            data = own_uids(sample(f"test_files/{name}.dcm"))
            d = words(data)
            whose = str(d.get("PatientID") or "")
            study = d.StudyInstanceUID
            if study not in studies:
                studies[study] = person(doctor, whose or f"none-{name}")
            got = store(nurse, [data], f"?patient=Patient/{studies[study]['id']}")
            if got.status != 200:
                refused.append((name, failures(got) if got.status == 409 else got.status))
                continue
            assert store(nurse, [data], f"?patient=Patient/{studies[study]['id']}").status == 200, "twice the same is no harm"
            # As it lies, plain and in parts.
            plain = doctor.ask("GET", address(data), headers={"Accept": "application/dicom"})
            assert (plain.status, plain.body) == (200, data), name
            assert parts(doctor.get(address(data)))[0][1] == data, name
            said = doctor.get(address(data) + "/metadata").json
            assert value(said[0], "00080018") == d.SOPInstanceUID
            assert "InlineBinary" not in said[0].get("7FE00010", {}), name
            found = doctor.get(f"/dicom-web/studies?StudyInstanceUID={study}").json
            assert len(found) == 1 and value(found[0], "0020000D") == study
            drawn = doctor.ask("GET", address(data) + "/rendered", headers={"Accept": "image/png"})
            if drawn.status == 200:
                assert drawn.body[:8] == b"\x89PNG\r\n\x1a\n" and drawn.headers["Content-Type"] == "image/png"
                jpeg = doctor.ask("GET", address(data) + "/rendered", headers={"Accept": "image/jpeg"})
                assert jpeg.status == 200 and jpeg.body[:3] == b"\xff\xd8\xff", name
                thumb = doctor.get(address(data, 1) + "/thumbnail")
                assert thumb.status == 200 and len(thumb.body) < 30000, (name, thumb.status)
                shown.append(name)
            else:
                assert drawn.status == 406, (name, drawn.status, drawn.body)
                not_shown.append(name)
        print("drawn:", *shown)
        print("kept, and said that it cannot be drawn:", *not_shown)
        print("refused:", refused)
        assert not refused
        assert {"CT_small", "MR_small", "MR_small_RLE", "MR_small_jpeg_ls_lossless", "JPEG-lossy", "SC_rgb_jpeg_dcmtk", "image_dfl"} <= set(shown)
        assert set(not_shown) == {"JPEG2000", "693_J2KI", "test-SR", "waveform_ecg"}, not_shown


def proof_frames_come_as_they_lie_or_unpacked():
    with site() as s:
        nurse, doctor = s.token("nurse"), s.token("clinic-doctor")
        for name, packed in (("CT_small", None), ("MR_small_bigendian", None), ("SC_rgb_rle_2frame", "image/dicom-rle"),
                             ("SC_rgb_jpeg_dcmtk", "image/jpeg"), ("MR_small_jpeg_ls_lossless", "image/jls")):
            data = sample(f"test_files/{name}.dcm")
            d = pydicom.dcmread(io.BytesIO(data))
            who = person(doctor, str(d.PatientID) + name)
            assert store(nurse, [data], f"?patient=Patient/{who['id']}").status == 409  # its PatientID is another
            d.PatientID = str(d.PatientID) + name
            d.StudyInstanceUID, d.SOPInstanceUID = generate_uid(), generate_uid()
            d.file_meta.MediaStorageSOPInstanceUID = d.SOPInstanceUID
            out = io.BytesIO()
            d.save_as(out)
            data = out.getvalue()
            assert store(nurse, [data]).status == 200, name
            frames = int(d.get("NumberOfFrames", 1))
            size = d.Rows * d.Columns * d.SamplesPerPixel * d.BitsAllocated // 8
            got = parts(doctor.get(address(data) + "/frames/" + ",".join(str(i + 1) for i in range(frames))))
            assert [len(body) for _, body in got] == [size] * frames, (name, [len(b) for _, b in got], size)
            if name == "CT_small":
                assert got[0][1] == d.PixelData[:size]
                bulk = parts(doctor.get(doctor.get(address(data) + "/metadata").json[0]["7FE00010"]["BulkDataURI"].split("/", 3)[3].join(["/", ""])))
                assert bulk[0][1] == d.PixelData[:size]
            if packed:
                as_is = parts(doctor.ask("GET", address(data) + "/frames/1",
                                         headers={"Accept": f'multipart/related; type="{packed}"'}))
                assert as_is[0][0].startswith(packed) and as_is[0][1] in data, name
                drawn = doctor.ask("GET", f"{address(data)}/frames/{frames}/rendered", headers={"Accept": "image/png"})
                assert drawn.status == 200
            assert doctor.get(f"{address(data)}/frames/{frames + 1}").status == 404
            assert doctor.get(f"{address(data)}/frames/{frames + 1}/rendered").status == 404
        wide = doctor.ask("GET", address(data) + "/rendered?window=600,1200&viewport=32,32", headers={"Accept": "image/png"})
        assert wide.status == 200 and wide.body[16:24] == (32).to_bytes(4, "big") * 2, wide.body[:40]
        assert doctor.get(address(data) + "/rendered?window=1,x").status == 400


def renamed(base, charset, name, number):
    d = pydicom.dcmread(io.BytesIO(base))
    d.SpecificCharacterSet = charset
    is_escaped = charset[-1] == "ISO 2022 IR 58"  # pydicom 2.3 leaves the escapes out (PS3.5 annex K has them at each group and component)
    d.PatientName = d.StudyDescription = "NAME" if is_escaped else name
    d.PatientID = number
    d.StudyInstanceUID, d.SeriesInstanceUID, d.SOPInstanceUID = generate_uid(), generate_uid(), generate_uid()
    d.file_meta.MediaStorageSOPInstanceUID = d.SOPInstanceUID
    out = io.BytesIO()
    d.save_as(out)
    if is_escaped:
        alphabetic, ideographic = name.split("=")
        groups = "^".join("\x1b$)A" + part for part in ideographic.split("^")).encode("gb2312")
        written = alphabetic.encode() + b"=" + groups
        written += b" " * (len(written) % 2)
        for vr in (b"PN", b"LO"):
            data = out.getvalue()
            out = io.BytesIO(data.replace(vr + b"\4\0NAME", vr + len(written).to_bytes(2, "little") + written))
    return out.getvalue()


def proof_chinese_names_are_right_in_every_character_set():
    with site() as s:
        nurse, doctor = s.token("nurse"), s.token("clinic-doctor")
        for name, ideographs in (("chrX1", "王^小東"), ("chrX2", "王^小东")):  # UTF-8, GB18030
            data = sample(f"charset_files/{name}.dcm")
            who = person(doctor, f"file-{name}")
            got = store(nurse, [data], f"?patient=Patient/{who['id']}")
            assert got.status in (200, 409), got.body
            if got.status == 409:  # it names a patient of its own
                who = person(doctor, str(words(data).PatientID))
                assert store(nurse, [data]).status == 200, got.body
            found = doctor.get(f"/dicom-web/studies?StudyInstanceUID={words(data).StudyInstanceUID}").json[0]
            assert value(found, "00100010") == {"Alphabetic": "Wang^XiaoDong", "Ideographic": ideographs}, found
        base = sample("test_files/MR_small.dcm")
        for charset, name in (("GB18030", "Zhao^Lin=赵^霖㐂"), ("GBK", "Qian^Yi=钱^乂"), (["", "ISO 2022 IR 58"], "Sun^Er=孙^二三"),
                              ("ISO_IR 192", "Li^San=李^叁"), ("ISO_IR 100", "Müller^Jörg")):
            number = "set-" + (charset if isinstance(charset, str) else charset[1])
            person(doctor, number)
            data = renamed(base, charset, name, number)
            assert "李".encode() in data or charset != "ISO_IR 192"
            got = store(nurse, [data])
            assert got.status == 200, (charset, got.body.decode())
            said = doctor.get(address(data) + "/metadata").json[0]
            groups = name.split("=")
            assert value(said, "00100010").get("Ideographic", value(said, "00100010")["Alphabetic"]) == groups[-1], (charset, said["00100010"])
            hits = doctor.get(f"/dicom-web/studies?PatientName={'%2A' if False else ''}{__import__('urllib.parse').parse.quote(groups[-1][:1] + '*')}").json
            assert value(said, "0020000D") in [value(h, "0020000D") for h in hits], charset
            study = doctor.get(f"/fhir/ImagingStudy?identifier=urn:dicom:uid|urn:oid:{value(said, '0020000D')}").json
            assert study["total"] == 1 if "total" in study else len(study["entry"]) == 1


def proof_an_image_is_filed_with_the_right_patient_or_not_at_all():
    with site() as s:
        nurse, doctor = s.token("nurse"), s.token("clinic-doctor")
        data = sample("test_files/CT_small.dcm")
        number = words(data).PatientID
        got = store(nurse, [data])
        assert got.status == 409 and failures(got)[0][0] == 0xA900, got.body
        assert failures(got)[0][1] == "No patient has this PatientID."
        anna, ben = person(doctor, number, birthDate="1980-01-31"), person(doctor, "other")
        assert failures(store(nurse, [data], f"?patient=Patient/{ben['id']}"))[0][1] == "The image is another patient's."
        born = renamed(data, "ISO_IR 100", "A", number)
        d = pydicom.dcmread(io.BytesIO(born))
        d.PatientBirthDate = "19790131"
        out = io.BytesIO()
        d.save_as(out)
        assert failures(store(nurse, [out.getvalue()]))[0][1] == "The birth date is not this patient's."
        good = store(nurse, [data])
        assert good.status == 200, good.body
        # The FHIR resource stands beside it, with its Provenance, in the same transaction.
        study = doctor.get(f"/fhir/ImagingStudy?patient=Patient/{anna['id']}").json["entry"][0]["resource"]
        assert study["numberOfInstances"] == 1 and study["series"][0]["instance"][0]["uid"] == words(data).SOPInstanceUID
        assert study["subject"] == ref(anna) and study["modality"][0]["code"] == "CT"
        assert doctor.get(f"/fhir/Provenance?target=ImagingStudy/{study['id']}").json["entry"]
        # A second instance joins it; what a doctor added meanwhile stays.
        study = change(doctor, {**study, "meta": label("http://terminology.hl7.org/CodeSystem/v3-ActCode", "HIV"), "note": [{"text": "by hand"}]})
        more = pydicom.dcmread(io.BytesIO(data))
        more.SOPInstanceUID = more.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        more.InstanceNumber = 2
        out = io.BytesIO()
        more.save_as(out)
        assert store(nurse, [out.getvalue()]).status == 409, "a nurse does not see the labelled study, and adds nothing to it"
        assert store(doctor, [out.getvalue()]).status == 200
        study = doctor.get(f"/fhir/ImagingStudy/{study['id']}").json
        assert study["numberOfInstances"] == 2 and study["note"] and study["meta"]["security"][0]["code"] == "HIV"
        assert [i.get("number") for i in study["series"][0]["instance"]] == [1, 2]
        # Another object under the same UID is refused; a list of good and bad is told apart.
        other = data[:-2] + b"\1\2"
        both = store(doctor, [other, out.getvalue()])
        assert both.status == 202 and failures(both) == [(0x0111, "Another object has this UID already.")]
        assert len(doctor.get(address(data, 1) + "/instances").json) == 2
        # Who does not see the record sees no image: nurse (label), pharmacist, guard, privacy officer.
        for role in ("nurse", "pharmacist", "guard", "privacy-officer", "scheduling-admin"):
            other = s.token(role)
            absent = other.get("/dicom-web/studies/1.2.3/metadata")
            for path in (address(data), address(data) + "/metadata", address(data) + "/rendered", address(data, 1) + "/thumbnail",
                         address(data) + "/frames/1"):
                refused = other.get(path)
                assert refused.status == 404 and refused.body == absent.body, (role, path, refused.status)
            assert other.get("/dicom-web/studies").json == []
            assert store(other, [data]).status in (404, 409), role
        assert doctor.get("/dicom-web/studies?PatientID=" + number).json
        assert doctor.get("/dicom-web/studies?NoSuchThing=1").status == 400


def proof_broken_objects_are_refused_and_harm_nothing():
    with site() as s:
        nurse, doctor = s.token("nurse"), s.token("clinic-doctor")
        good = sample("test_files/CT_small.dcm")
        person(doctor, words(good).PatientID)
        bad = [good[:n] for n in (0, 1, 131, 132, 140, 300, 1000, len(good) - 1000)]
        bad += [b"<html>" * 100, b"\0" * 128 + b"DICM", sample("test_files/MR_truncated.dcm"), sample("test_files/no_meta.dcm"),
                sample("test_files/rtplan_truncated.dcm")]
        at = good.index(b"\x20\x00\x0d\x00UI") + 6
        bad.append(good[:at] + b"\xff\xff" + good[at + 2:])
        bad.append(good.replace(b"1CT1", b"9XX9"))
        deep = good[:132 + int.from_bytes(good[140:144], "little") + 12] + (b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 300)
        bad.append(deep)
        got = store(nurse, [b for b in bad if b] + [good])
        assert got.status == 202, (got.status, got.body)
        assert len(failures(got)) == len(bad) - 1, failures(got)
        assert len(doctor.get("/dicom-web/instances").json) == 1
        for body in (b"", b"x", b"--" + BOUNDARY.encode(), multipart([good])[:-30], b"--" + BOUNDARY.encode() + b"\r\n" + b"A: b\r\n" * 2000):
            answer = nurse.ask("POST", "/dicom-web/studies", body or b"", {
                "Content-Type": f'multipart/related; type="application/dicom"; boundary="{BOUNDARY}"'})
            assert answer.status in (400, 415), (body[:20], answer.status)
        assert nurse.ask("POST", "/dicom-web/studies", b"x", {"Content-Type": "text/html"}).status == 415
        for path in ("studies/", "studies/x", "studies/1.2/series", "studies/1.2/instances/1", "studies/1.2/series/1/instances/2/frames/0",
                     "studies/1.2/series/1/instances/2/frames/1,2/rendered", "nothing", "studies/1.2/series/1/instances/2/bulkdata/00100010"):
            assert doctor.get(f"/dicom-web/{path}").status in (404, 200 if path.endswith("series") else 404), path
        s.stop()
        files = [n for _, _, names in os.walk(f"{s.data}/files") for n in names if len(n) == 32]
        assert len(files) == 1, files


def proof_a_picture_of_the_clinic_becomes_an_object():
    """img2dcm, as a clinic's camera software would; Debian's dcmtk has it."""
    with site() as s, tempfile.TemporaryDirectory() as at:
        nurse, doctor = s.token("nurse"), s.token("clinic-doctor")
        data = sample("test_files/SC_rgb_jpeg_dcmtk.dcm")
        person(doctor, str(words(data).PatientID))
        assert store(nurse, [data]).status == 200
        jpeg = doctor.ask("GET", address(data) + "/rendered", headers={"Accept": "image/jpeg"}).body
        with open(f"{at}/in.jpg", "wb") as f:
            f.write(jpeg)
        made = subprocess.run(["img2dcm", f"{at}/in.jpg", f"{at}/out.dcm", "-k", "0010,0020=eye-1", "-k", f"0008,1030={CANARY}",
                               "-k", "0010,0010=Yan^Ke"], capture_output=True)
        assert made.returncode == 0, made.stderr
        with open(f"{at}/out.dcm", "rb") as f:
            eye = f.read()
        person(doctor, "eye-1")
        got = nurse.ask("POST", "/dicom-web/studies", eye, {"Content-Type": "application/dicom"})
        assert got.status == 200, got.body
        assert doctor.ask("GET", address(eye) + "/rendered", headers={"Accept": "image/jpeg"}).status == 200
        assert value(doctor.get("/dicom-web/studies?PatientID=eye-1").json[0], "00081030") == CANARY
        s.stop()
        assert scan(s.root, CANARY) == []


def proof_an_erasure_takes_the_images_along():
    with site() as s:
        doctor = s.token("clinic-doctor")
        data = sample("test_files/CT_small.dcm")
        anna = person(doctor, words(data).PatientID)
        assert store(doctor, [data]).status == 200
        officer = s.client().log_in(s.by_role["privacy-officer"])
        asked = officer.post("/api/erasures", {"patient": anna["id"], "reason": "by order", "code": s.code(s.by_role["privacy-officer"])})
        other = s.client().log_in(s.by_role["clinic-doctor"])
        done = other.post(f"/api/erasures/{asked.json['id']}", {"verdict": "erase", "code": s.code(s.by_role["clinic-doctor"])})
        assert done.status == 204, done.body
        assert doctor.get(address(data)).status == 404 and doctor.get("/dicom-web/studies").json == []
        assert not [n for _, _, names in os.walk(f"{s.data}/files") for n in names if len(n) == 32]


if __name__ == "__main__":
    house.main("proof_", at_once=2)
