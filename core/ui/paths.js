// The path of a picture in its gallery.

export function pathOf({ folder, name }) {
  return folder ? `${folder}/${name}` : name;
}
