export const saved: string[] = []
