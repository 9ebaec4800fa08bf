/** The work's outcome, or an error once the database has not answered within the time; the work itself goes on. */
export function inTime<T>(work: Promise<T>, msMax: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the database did not answer in time")), msMax);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
