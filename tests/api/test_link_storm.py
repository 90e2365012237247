"""Ten minutes of the storm that test_link_failing.py has for seconds; YH_LINK_STORM_S and YH_LINK_SEED say otherwise."""
import os
import sys
import unittest

from city import on_both_engines
from storm import Storm


@on_both_engines
class Storming:
    races = True

    def test_A13_3_through_ten_minutes_of_cuts_repeats_and_kills_nothing_is_lost_or_doubled(self):
        seed = int(os.environ.get('YH_LINK_SEED') or int.from_bytes(os.urandom(3), 'big'))
        storm = Storm(self.postgres, int(os.environ.get('YH_LINK_STORM_S', '600')), seed)
        try:
            storm.run()
            held = storm.judge(self)
            print(f'seed {seed}, {storm.seconds} s: {len(storm.made)} units entered, {storm.kills} kills, held {held},'
                  f' calls {storm.proxy.done}', file=sys.stderr)
        finally:
            storm.close()


if __name__ == '__main__':
    unittest.main()
