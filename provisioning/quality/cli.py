"""The commands `smilius quality ...`."""

import argparse
from pathlib import Path

from provisioning.verb import EXIT_REFUSED, Verbs


def add_quality(verbs: Verbs) -> None:
    """Add the commands to their parser."""
    quality = verbs.add_parser("quality", help="rate pictures in files").add_subparsers(dest="judge", required=True)
    finger = quality.add_parser("finger", help="rate prints at 500 ppi as they are; not NFIQ 2 and not certified")
    finger.add_argument("files", type=Path, nargs="+", metavar="FILE", help="a print: ridges dark, eight bits")
    finger.add_argument("--json", action="store_true", help="print one JSON object a line, with every measure")
    finger.add_argument("--explain", type=Path, metavar="DIR", help="write a picture for each that explains its score")
    face = quality.add_parser(
        "face", help="examine portraits: faces, every gate with value and limit, what to do better"
    )
    face.add_argument("files", type=Path, nargs="+", metavar="FILE", help="a photograph of one person, in colour")
    face.add_argument("--json", action="store_true", help="print one JSON object a line")
    face.add_argument(
        "--explain", type=Path, metavar="DIR", help="write a picture for each that shows what was measured"
    )
    light = quality.add_parser(
        "light", help="check the light at the seat before anybody sits there, and say what to do"
    )
    light.add_argument("files", type=Path, nargs="+", metavar="FILE", help="the empty chair before its wall, in colour")
    light.add_argument("--json", action="store_true", help="print one JSON object a line")
    light.add_argument(
        "--card", action="store_true", help="the picture shows a white or grey card that fills its middle"
    )
    for verb in (finger, face, light):
        verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from provisioning.quality.face import examine_files
    from provisioning.quality.files import Telling
    from provisioning.quality.finger import rate
    from provisioning.quality.light import check_files

    if arguments.judge == "light":
        read = check_files(arguments.files, Telling(print, arguments.json), of_card=arguments.card)
    else:
        judged = {"face": examine_files, "finger": rate}[arguments.judge]
        read = judged(arguments.files, Telling(print, arguments.json, arguments.explain))
    return 0 if read else EXIT_REFUSED
