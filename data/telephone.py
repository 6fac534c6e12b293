"""Fit what a telephone does to speech: `python -m data.telephone` writes data/speech/telephone.txt.

Speaks the scenarios' lines with flite's `kal16`, a voice that nothing here is measured with, and hears them with and
without a telephone (300 to 3,400 Hz at 8 kHz, and 8 kHz alone). On Debian: `apt install flite`.
"""

import sys
from pathlib import Path

from core.audio.telephone_line import through_telephone
from core.errors import SidetoneError
from core.scenarios import list_scenarios
from core.speech.features import FrontEnd, cepstra
from core.speech.telephone import fit
from data.render import SCENARIOS, synthesise

CHANNEL = Path(__file__).parent / "speech" / "telephone.txt"
VOICE = "kal16"
_SPANISH = "¿¡áéíóúñ"


def main() -> int:
    lines = {turn.spoken for scenario in list_scenarios(SCENARIOS) for turn in scenario.turns}
    try:
        pairs = []
        for line in sorted(line for line in lines if not set(line) & set(_SPANISH)):
            sound = synthesise(line, VOICE)
            for narrow in (through_telephone(sound), through_telephone(sound, band_pass=False)):
                full, heard = FrontEnd().push(sound), FrontEnd().push(narrow)
                frames = min(len(full), len(heard))
                pairs.append((cepstra(full[:frames]), cepstra(heard[:frames], "telephone")))
        fit(pairs).save(CHANNEL)
    except SidetoneError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(pairs)} utterances, {sum(len(full) for full, _ in pairs) / 100:.0f} s  {CHANNEL}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
