export const FOLDER: string;
export const ENTRY: string;
export const IS_INSTALLED: boolean;
