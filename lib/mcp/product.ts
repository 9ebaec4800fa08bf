/** What this portal calls itself towards clients and servers. */
export const productVersion = "0.1.0";
