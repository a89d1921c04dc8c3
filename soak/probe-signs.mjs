/** What the line begins with by which the probe says what the service held in the end. */
export const EXIT_MARK = 'soak-probe: at exit ';

/** The warning that the probe itself causes. */
export const OWN_WARNING = /v8\.queryObjects/;
