/**
 * Works on items, so many at once, and gives the results in the items' order.
 * @template T, R
 * @param {number} width
 * @param {T[]} items
 * @param {(item: T, index: number) => Promise<R>} work
 * @returns {Promise<R[]>}
 */
export async function inParallel(width, items, work) {
  const results = Array.from({ length: items.length })
  const queue = items.entries()
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item, index)
  }
  await Promise.all(Array.from({ length: width }, worker))
  return results
}
