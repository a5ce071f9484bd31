"""Which tags tell something of a picture, and in what words."""

import re

Tags = dict[str, bytes]
"""Values of tags by name, such as ``EXIF Make``, ``GPS GPSLatitude``, ``XMP dc:title``, ``IPTC
2:25``, ``Photoshop 1034`` or ``text Comment``."""

# What only describes how the file is written, so that a copy without it lacks nothing.
_LEFT_OUT = {
    "size, layout and coding of the pixels, which are compared themselves": (
        "EXIF (NewSubfileType|SubfileType|ImageWidth|ImageLength|BitsPerSample|Compression"
        "|PhotometricInterpretation|Thresholding|CellWidth|CellLength|FillOrder|StripOffsets"
        "|SamplesPerPixel|RowsPerStrip|StripByteCounts|MinSampleValue|MaxSampleValue"
        "|PlanarConfiguration|FreeOffsets|FreeByteCounts|T4Options|T6Options|Predictor|ColorMap"
        "|HalftoneHints|Tile(Width|Length|Offsets|ByteCounts)|InkSet|DotRange|ExtraSamples"
        "|SampleFormat|S(Min|Max)SampleValue|JPEG\\w+|JpegIF\\w+|JpgFromRaw\\w*|YCbCr\\w+"
        "|ComponentsConfiguration|CompressedBitsPerPixel|ExifImage(Width|Height)"
        "|RelatedImage(Width|Length)|Padding)",
        "XMP (tiff:(ImageWidth|ImageLength|BitsPerSample|Compression|PhotometricInterpretation"
        "|SamplesPerPixel|PlanarConfiguration|YCbCr\\w+)"
        "|exif:(PixelXDimension|PixelYDimension|ComponentsConfiguration|CompressedBitsPerPixel)"
        "|dc:format|photoshop:ColorMode)",
    ),
    "how to show or print the pixels": (
        "EXIF (Orientation|XResolution|YResolution|ResolutionUnit|PrintImageMatching"
        "|TransferFunction|TransferRange|ReferenceBlackWhite|WhitePoint|PrimaryChromaticities"
        "|Gamma|InterColorProfile|ICCProfile)",
        "XMP (tiff:(Orientation|XResolution|YResolution|ResolutionUnit|NativeDigest)"
        "|exif:NativeDigest|photoshop:(ICCProfile|LegacyIPTCDigest))",
        "text (dpi|gamma|Gamma)",
    ),
    "the last program, and when it wrote the file": (
        "EXIF (Software|ProcessingSoftware|HostComputer|DateTime|OffsetTime|SubsecTime)",
        "XMP (xmp:(CreatorTool|ModifyDate|MetadataDate|Thumbnails)|xmpMM:\\w+|tiff:Software"
        "|tiff:DateTime)",
        "IPTC 2:(65|70)",
        "text (Software|date:(create|modify|timestamp)|Thumb::.*)",
    ),
    "versions of the standards, and where in the file things lie": (
        "EXIF (ExifVersion|FlashPixVersion|ExifOffset|GPSInfo|ExifInteroperabilityOffset"
        "|Interop\\w+|OffsetSchema)",
        "GPS GPSVersionID",
        "XMP (exif:(ExifVersion|FlashpixVersion|InteroperabilityIndex|GPSVersionID)"
        "|xmpNote:\\w+|Container:\\w+|GCamera:(Motion|Micro)\\w+)",
        "IPTC (1:\\d+|2:0)",
    ),
}
_IS_LEFT_OUT = re.compile("|".join(one for names in _LEFT_OUT.values() for one in names))
_WORDS = (
    ("GPS .*|XMP exif:GPS.*", "GPS position"),
    ("EXIF MakerNote", "camera notes"),
    ("EXIF SubIFDs", "a second picture"),
    (
        "EXIF (Make|Model|CameraOwnerName|BodySerialNumber|UniqueCameraModel)"
        "|XMP tiff:(Make|Model)",
        "name of the camera",
    ),
    ("EXIF Lens.*|XMP (aux|exifEX):Lens.*", "lens"),
    (
        "EXIF (DateTime.*|Subsec.*|SubSec.*|OffsetTime.*)|IPTC 2:(55|60|62|63)"
        "|XMP (xmp:CreateDate|photoshop:DateCreated|exif:DateTime.*)|text Creation Time",
        "date taken",
    ),
    (
        "EXIF (Exposure.*|FNumber|ISO.*|PhotographicSensitivity|SensitivityType|Recommended.*"
        "|ShutterSpeed.*|Aperture.*|MaxAperture.*|Brightness.*|Flash.*|FocalLength.*|FocalPlane.*"
        "|Metering.*|WhiteBalance|LightSource|Scene.*|Subject(Distance.*|Area|Location)"
        "|DigitalZoom.*|GainControl|Contrast|Saturation|Sharpness|SensingMethod|CustomRendered"
        "|FileSource|CFAPattern|Composite.*)|XMP (exif|exifEX|aux):.*",
        "camera settings",
    ),
    (
        "EXIF (ImageDescription|XPTitle|XPComment|XPSubject|UserComment)|IPTC 2:(5|105|120)"
        "|XMP (dc:(title|description)|photoshop:Headline|exif:UserComment|tiff:ImageDescription"
        "|Iptc4xmpCore:AltText.*)|text (caption|Title|Description|comment|Comment)",
        "caption",
    ),
    (
        "EXIF XPKeywords|IPTC 2:25"
        "|XMP (dc:subject|lr:\\w+|digiKam:TagsList|MicrosoftPhoto:LastKey.*)",
        "keywords",
    ),
    (
        "EXIF (Artist|Copyright|XPAuthor)|IPTC 2:(80|85|110|115|116)"
        "|XMP (dc:(creator|rights)|xmpRights:.*|photoshop:(Credit|Source|AuthorsPosition)"
        "|tiff:(Artist|Copyright)|plus:.*)|text (Author|Copyright)|Photoshop (1034|1035)",
        "author and copyright",
    ),
    ("EXIF Rating.*|XMP (xmp:(Rating|Label)|MicrosoftPhoto:Rating|digiKam:\\w+Label)", "rating"),
    ("XMP crs:.*", "editing settings"),
    ("XMP (mwg-rs|MP|MPRI|MPReg):.*|XMP Iptc4xmpExt:Person.*", "names of people"),
    (
        "IPTC 2:(90|92|95|100|101)|XMP (photoshop:(City|State|Country)"
        "|Iptc4xmpCore:(Location|Country.*)|Iptc4xmpExt:Location.*)",
        "name of the place",
    ),
    ("XMP (hdrgm|HDRGainMap|HDRToneMap):.*", "gain map"),
    ("XMP GDepth:.*", "depth map"),
    ("XMP GAudio:.*", "sound recording"),
    ("EXIF ColorSpace|XMP exif:ColorSpace", "colour space"),
    ("Photoshop 2.*", "clipping paths"),
)
PADDING = b"\0 \t\r\n"


def describing(tags: Tags) -> Tags:
    """The tags that tell something of the picture, not only how its file is written."""
    if "EXIF DateTimeOriginal" not in tags and "EXIF DateTime" in tags:
        # It is the only date.
        tags = tags | {"EXIF DateTimeOriginal": tags["EXIF DateTime"]}
    return {
        name: value
        for name, value in tags.items()
        if value.strip(PADDING) and not _IS_LEFT_OUT.fullmatch(name)
    }


def words_of(tag: str) -> str:
    """What a tag is, in words that a photographer uses; its own name where there are none."""
    words = next((words for pattern, words in _WORDS if re.fullmatch(pattern, tag)), None)
    if words is None and tag.startswith("XMP "):
        # Without the address of its namespace.
        return f"XMP {tag.rpartition(':')[2]}"
    return words or tag
