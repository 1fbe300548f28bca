/** How wide the recorded terminal is. */
export const COLUMNS = 110
