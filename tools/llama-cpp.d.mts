export const FOLDER: string;
export const ENTRY: string;
