/** The prefix of the probe's line on the service's open handles at its end. */
export const EXIT_MARK = 'soak-probe: at exit ';

/** The warning that the probe itself causes. */
export const OWN_WARNING = /v8\.queryObjects/;
