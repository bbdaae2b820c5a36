"""Rule 12, as far as records reach: a detainee reads the own file once it is released, and nobody else's."""
from house import main, site
from ward import TYPES, Ward, bind, ids


def rule_the_own_file_once_released_and_nothing_else():
    with site() as s:
        w = Ward(s)
        me = s.token("detainee")
        for kind in TYPES:
            assert ids(me.get(f"/fhir/{kind}")) == set(), kind
        bind(s, "zhuoyuanshan", w.anna)
        seen = set().union(*(ids(me.get(f"/fhir/{kind}")) for kind in TYPES))
        assert seen == {f"Patient/{w.anna['id']}", f"Observation/{w.of['released']['id']}", f"Appointment/{w.of['booking']['id']}"}, seen
        booking = me.get(w.path("booking"))
        assert booking.status == 200 and "reasonCode" not in booking.json and "participant" not in booking.json, booking.body
        assert me.get(w.path("observation")).status == 404
        assert me.get(f"/fhir/Patient/{w.ben['id']}").status == 404


main()
