/* SPDX-License-Identifier: MIT */
/* The usages of devices that few people touch: monitors, power, readers and scales.
 * HID Usage Tables 1.4; see hid-usage.h. */
#include "layout/decode/hid-usage.h"

/* clang-format off */
static const struct hid_run medical[] = {
	{0x01, "Medical Ultrasound"},
	{0x20,
		"VCR/Acquisition;Freeze/Thaw;Clip Store;Update;Next;Save;Print;"
		"Microphone Enable"},
	{0x40, "Cine;Transmit Power;Volume;Focus;Depth"},
	{0x60, "Soft Step - Primary;Soft Step - Secondary"},
	{0x70, "Depth Gain Compensation"},
	{0x80,
		"Zoom Select;Zoom Adjust;Spectral Doppler Mode Select;Spectral Doppler Adjust;"
		"Color Doppler Mode Select;Color Doppler Adjust;Motion Mode Select;"
		"Motion Mode Adjust;2-D Mode Select;2-D Mode Adjust"},
	{0xa0, "Soft Control Select;Soft Control Adjust"},
	{0, NULL},
};

static const struct hid_run braille[] = {
	{0x01,
		"Braille Display;Braille Row;8 Dot Braille Cell;6 Dot Braille Cell;"
		"Number of Braille Cells;Screen Reader Control;Screen Reader Identifier"},
	{0xfa, "Router Set 1;Router Set 2;Router Set 3;;;;Router Key;Row Router Key"},
	{0x200,
		"Braille Buttons;Braille Keyboard Dot 1;Braille Keyboard Dot 2;"
		"Braille Keyboard Dot 3;Braille Keyboard Dot 4;Braille Keyboard Dot 5;"
		"Braille Keyboard Dot 6;Braille Keyboard Dot 7;Braille Keyboard Dot 8;"
		"Braille Keyboard Space;Braille Keyboard Left Space;"
		"Braille Keyboard Right Space;Braille Face Controls;Braille Left Controls;"
		"Braille Right Controls;Braille Top Controls;Braille Joystick Center;"
		"Braille Joystick Up;Braille Joystick Down;Braille Joystick Left;"
		"Braille Joystick Right;Braille D-Pad Center;Braille D-Pad Up;"
		"Braille D-Pad Down;Braille D-Pad Left;Braille D-Pad Right;Braille Pan Left;"
		"Braille Pan Right;Braille Rocker Up;Braille Rocker Down;Braille Rocker Press"},
	{0, NULL},
};

static const struct hid_run lighting[] = {
	{0x01,
		"LampArray;LampArrayAttributesReport;LampCount;BoundingBoxWidthInMicrometers;"
		"BoundingBoxHeightInMicrometers;BoundingBoxDepthInMicrometers;LampArrayKind;"
		"MinUpdateIntervalInMicroseconds"},
	{0x20,
		"LampAttributesRequestReport;LampId;LampAttributesResponseReport;"
		"PositionXInMicrometers;PositionYInMicrometers;PositionZInMicrometers;"
		"LampPurposes;UpdateLatencyInMicroseconds;RedLevelCount;GreenLevelCount;"
		"BlueLevelCount;IntensityLevelCount;IsProgrammable;InputBinding"},
	{0x50,
		"LampMultiUpdateReport;RedUpdateChannel;GreenUpdateChannel;BlueUpdateChannel;"
		"IntensityUpdateChannel;LampUpdateFlags"},
	{0x60, "LampRangeUpdateReport;LampIdStart;LampIdEnd"},
	{0x70, "LampArrayControlReport;AutonomousMode"},
	{0, NULL},
};

static const struct hid_run monitor[] = {
	{0x01, "Monitor Control;EDID Information;VDIF Information;VESA Version"},
	{0, NULL},
};

static const struct hid_run vesa[] = {
	{0x01, "Degauss"},
	{0x10,
		"Brightness;;Contrast;;;;Red Video Gain;;Green Video Gain;;Blue Video Gain;;"
		"Focus;;;;Horizontal Position;;Horizontal Size;;Horizontal Pincushion;;"
		"Horizontal Pincushion Balance;;Horizontal Misconvergence;;"
		"Horizontal Linearity;;Horizontal Linearity Balance;;;;Vertical Position;;"
		"Vertical Size;;Vertical Pincushion;;Vertical Pincushion Balance;;"
		"Vertical Misconvergence;;Vertical Linearity;;Vertical Linearity Balance;;;;"
		"Parallelogram Distortion (Key Balance);;Trapezoidal Distortion (Key);;"
		"Tilt (Rotation);;Top Corner Distortion Control;;Top Corner Distortion Balance;"
		";Bottom Corner Distortion Control;;Bottom Corner Distortion Balance"},
	{0x56, "Horizontal Moiré;;Vertical Moiré"},
	{0x5e, "Input Level Select;;Input Source Select"},
	{0x6c,
		"Red Video Black Level;;Green Video Black Level;;Blue Video Black Level"},
	{0xa2,
		"Auto Size Center;;Polarity Horizontal Synchronization;;"
		"Polarity Vertical Synchronization;;Synchronization Type;;Screen Orientation;;"
		"Horizontal Frequency;;Vertical Frequency;;Settings"},
	{0xca, "On Screen Display"},
	{0xd4, "Stereo Mode"},
	{0, NULL},
};

static const struct hid_run power[] = {
	{0x01, "iName;Present Status;Changed Status;UPS;Power Supply"},
	{0x10,
		"Battery System;Battery System Id;Battery;Battery Id;Charger;Charger Id;"
		"Power Converter;Power Converter Id;Outlet System;Outlet System Id;Input;"
		"Input Id;Output;Output Id;Flow;Flow Id;Outlet;Outlet Id;Gang;Gang Id;"
		"Power Summary;Power Summary Id"},
	{0x30,
		"Voltage;Current;Frequency;Apparent Power;Active Power;Percent Load;"
		"Temperature;Humidity;Bad Count"},
	{0x40,
		"Config Voltage;Config Current;Config Frequency;Config Apparent Power;"
		"Config Active Power;Config Percent Load;Config Temperature;Config Humidity"},
	{0x50,
		"Switch On Control;Switch Off Control;Toggle Control;Low Voltage Transfer;"
		"High Voltage Transfer;Delay Before Reboot;Delay Before Startup;"
		"Delay Before Shutdown;Test;Module Reset;Audible Alarm Control"},
	{0x60,
		"Present;Good;Internal Failure;Voltag Out Of Range;Frequency Out Of Range;"
		"Overload;Over Charged;Over Temperature;Shutdown Requested;Shutdown Imminent;;"
		"Switch On/Off;Switchable;Used;Boost;Buck;Initialized;Tested;Awaiting Power;"
		"Communication Lost"},
	{0xfd, "iManufacturer;iProduct;iSerialNumber"},
	{0, NULL},
};

static const struct hid_run battery[] = {
	{0x01,
		"Smart Battery Battery Mode;Smart Battery Battery Status;"
		"Smart Battery Alarm Warning;Smart Battery Charger Mode;"
		"Smart Battery Charger Status;Smart Battery Charger Spec Info;"
		"Smart Battery Selector State;Smart Battery Selector Presets;"
		"Smart Battery Selector Info"},
	{0x10,
		"Optional Mfg Function 1;Optional Mfg Function 2;Optional Mfg Function 3;"
		"Optional Mfg Function 4;Optional Mfg Function 5;Connection To SM Bus;"
		"Output Connection;Charger Connection;Battery Insertion;Use Next;OK To Use;"
		"Battery Supported;Selector Revision;Charging Indicator"},
	{0x28,
		"Manufacturer Access;Remaining Capacity Limit;Remaining Time Limit;At Rate;"
		"Capacity Mode;Broadcast To Charger;Primary Battery;Charge Controller"},
	{0x40,
		"Terminate Charge;Terminate Discharge;Below Remaining Capacity Limit;"
		"Remaining Time Limit Expired;Charging;Discharging;Fully Charged;"
		"Fully Discharged;Conditioning Flag;At Rate OK;Smart Battery Error Code;"
		"Need Replacement"},
	{0x60,
		"At Rate Time To Full;At Rate Time To Empty;Average Current;Max Error;"
		"Relative State Of Charge;Absolute State Of Charge;Remaining Capacity;"
		"Full Charge Capacity;Run Time To Empty;Average Time To Empty;"
		"Average Time To Full;Cycle Count"},
	{0x80,
		"Battery Pack Model Level;Internal Charge Controller;Primary Battery Support;"
		"Design Capacity;Specification Info;Manufacture Date;Serial Number;"
		"iManufacturer Name;iDevice Name;iDevice Chemistry;Manufacturer Data;"
		"Rechargable;Warning Capacity Limit;Capacity Granularity 1;"
		"Capacity Granularity 2;iOEM Information"},
	{0xc0, "Inhibit Charge;Enable Polling;Reset To Zero"},
	{0xd0,
		"AC Present;Battery Present;Power Fail;Alarm Inhibited;Thermistor Under Range;"
		"Thermistor Hot;Thermistor Cold;Thermistor Over Range;Voltage Out Of Range;"
		"Current Out Of Range;Current Not Regulated;Voltage Not Regulated;Master Mode"},
	{0xf0, "Charger Selector Support;Charger Spec;Level 2;Level 3"},
	{0, NULL},
};

static const struct hid_run barcode[] = {
	{0x01,
		"Barcode Badge Reader;Barcode Scanner;Dumb Bar Code Scanner;"
		"Cordless Scanner Base;Bar Code Scanner Cradle"},
	{0x10,
		"Attribute Report;Settings Report;Scanned Data Report;Raw Scanned Data Report;"
		"Trigger Report;Status Report;UPC/EAN Control Report;"
		"EAN 2/3 Label Control Report;Code 39 Control Report;"
		"Interleaved 2 of 5 Control Report;Standard 2 of 5 Control Report;"
		"MSI Plessey Control Report;Codabar Control Report;Code 128 Control Report;"
		"Misc 1D Control Report;2D Control Report"},
	{0x30,
		"Aiming/Pointer Mode;Bar Code Present Sensor;Class 1A Laser;Class 2 Laser;"
		"Heater Present;Contact Scanner;Electronic Article Surveillance Notification;"
		"Constant Electronic Article Surveillance;Error Indication;Fixed Beeper;"
		"Good Decode Indication;Hands Free Scanning;Intrinsically Safe;"
		"Klasse Eins Laser;Long Range Scanner;Mirror Speed Control;"
		"Not On File Indication;Programmable Beeper;Triggerless;Wand;Water Resistant;"
		"Multi-Range Scanner;Proximity Sensor"},
	{0x4d,
		"Fragment Decoding;Scanner Read Confidence;Data Prefix;Prefix AIMI;Prefix None;"
		"Prefix Proprietary;;;Active Time;Aiming Laser Pattern;Bar Code Present;"
		"Beeper State;Laser On Time;Laser State;Lockout Time;Motor State;Motor Timeout;"
		"Power On Reset Scanner;Prevent Read of Barcodes;Initiate Barcode Read;"
		"Trigger State;Trigger Mode;Trigger Mode Blinking Laser On;"
		"Trigger Mode Continuous Laser On;Trigger Mode Laser on while Pulled;"
		"Trigger Mode Laser stays on after release"},
	{0x6d,
		"Commit Parameters to NVM;Parameter Scanning;Parameters Changed;"
		"Set parameter default values"},
	{0x75,
		"Scanner In Cradle;Scanner In Range;;;;Aim Duration;Good Read Lamp Duration;"
		"Good Read Lamp Intensity;Good Read LED;Good Read Tone Frequency;"
		"Good Read Tone Length;Good Read Tone Volume;;No Read Message;"
		"Not on File Volume;Powerup Beep;Sound Error Beep;Sound Good Read Beep;"
		"Sound Not On File Beep;Good Read When to Write;GRWTI After Decode;"
		"GRWTI Beep/Lamp after transmit;GRWTI No Beep/Lamp use at all"},
	{0x91,
		"Bookland EAN;Convert EAN 8 to 13 Type;Convert UPC A to EAN-13;"
		"Convert UPC-E to A;EAN-13;EAN-8;EAN-99 128 Mandatory;EAN-99 P5/128 Optional;"
		"Enable EAN Two Label;UPC/EAN;UPC/EAN Coupon Code;UPC/EAN Periodicals;UPC-A;"
		"UPC-A with 128 Mandatory;UPC-A with 128 Optional;UPC-A with P5 Optional;UPC-E;"
		"UPC-E1"},
	{0xa9,
		"Periodical;Periodical Auto-Discriminate +2;Periodical Only Decode with +2;"
		"Periodical Ignore +2;Periodical Auto-Discriminate +5;"
		"Periodical Only Decode with +5;Periodical Ignore +5;Check;Check Disable Price;"
		"Check Enable 4 digit Price;Check Enable 5 digit Price;"
		"Check Enable European 4 digit Price;Check Enable European 5 digit Price;;"
		"EAN Two Label;EAN Three Label;EAN 8 Flag Digit 1;EAN 8 Flag Digit 2;"
		"EAN 8 Flag Digit 3;EAN 13 Flag Digit 1;EAN 13 Flag Digit 2;"
		"EAN 13 Flag Digit 3;Add EAN 2/3 Label Definition;"
		"Clear all EAN 2/3 Label Definitions;;;Codabar;Code 128;;;Code 39;Code 93;"
		"Full ASCII Conversion;Interleaved 2 of 5;Italian Pharmacy Code;MSI/Plessey;"
		"Standard 2 of 5 IATA;Standard 2 of 5"},
	{0xd3,
		"Transmit Start/Stop;Tri-Optic;UCC/EAN-128;Check Digit;Check Digit Disable;"
		"Check Digit Enable Interleaved 2 of 5 OPCC;"
		"Check Digit Enable Interleaved 2 of 5 USS;"
		"Check Digit Enable Standard 2 of 5 OPCC;"
		"Check Digit Enable Standard 2 of 5 USS;Check Digit Enable One MSI Plessey;"
		"Check Digit Enable Two MSI Plessey;Check Digit Codabar Enable;"
		"Check Digit Code 39 Enable"},
	{0xf0,
		"Transmit Check Digit;Disable Check Digit Transmit;Enable Check Digit Transmit"},
	{0xfb,
		"Symbology Identifier 1;Symbology Identifier 2;Symbology Identifier 3;"
		"Decoded Data;Decode Data Continued;Bar Space Data;Scanner Data Accuracy;"
		"Raw Data Polarity;Polarity Inverted Bar Code;Polarity Normal Bar Code;;"
		"Minimum Length to Decode;Maximum Length to Decode;Discrete Length to Decode 1;"
		"Discrete Length to Decode 2;Data Length Method;DL Method Read any;"
		"DL Method Check in Range;DL Method Check for Discrete;;;Aztec Code;BC412;"
		"Channel Code;Code 16;Code 32;Code 49;Code One;Colorcode;Data Matrix;MaxiCode;"
		"MicroPDF;PDF-417;PosiCode;QR Code;SuperCode;UltraCode;USD-5 (Slug Code);"
		"VeriCode"},
	{0, NULL},
};

static const struct hid_run scale[] = {
	{0x01, "Scales"},
	{0x20,
		"Scale Device;Scale Class;Scale Class I Metric;Scale Class II Metric;"
		"Scale Class III Metric;Scale Class IIIL Metric;Scale Class IV Metric;"
		"Scale Class III English;Scale Class IIIL English;Scale Class IV English;"
		"Scale Class Generic"},
	{0x30,
		"Scale Attribute Report;Scale Control Report;Scale Data Report;"
		"Scale Status Report;Scale Weight Limit Report;Scale Statistics Report"},
	{0x40, "Data Weight;Data Scaling"},
	{0x50,
		"Weight Unit;Weight Unit Milligram;Weight Unit Gram;Weight Unit Kilogram;"
		"Weight Unit Carats;Weight Unit Taels;Weight Unit Grains;"
		"Weight Unit Pennyweights;Weight Unit Metric Ton;Weight Unit Avoir Ton;"
		"Weight Unit Troy Ounce;Weight Unit Ounce;Weight Unit Pound;;;;"
		"Calibration Count;Re-Zero Count"},
	{0x70,
		"Scale Status;Scale Status Fault;Scale Status Stable at Center of Zero;"
		"Scale Status In Motion;Scale Status Weight Stable;Scale Status Under Zero;"
		"Scale Status Over Weight Limit;Scale Status Requires Calibration;"
		"Scale Status Requires Rezeroing"},
	{0x80, "Zero Scale;Enforced Zero Return"},
	{0, NULL},
};

static const struct hid_run magnetic[] = {
	{0x01, "MSR Device Read-Only"},
	{0x11, "Track 1 Length;Track 2 Length;Track 3 Length;Track JIS Length"},
	{0x20, "Track Data;Track 1 Data;Track 2 Data;Track 3 Data;Track JIS Data"},
	{0, NULL},
};

static const struct hid_run camera[] = {
	{0x20, "Camera Auto-focus;Camera Shutter"},
	{0, NULL},
};

static const struct hid_run arcade[] = {
	{0x01, "General Purpose IO Card;Coin Door;Watchdog Timer"},
	{0x30,
		"General Purpose Analog Input State;General Purpose Digital Input State;"
		"General Purpose Optical Input State;General Purpose Digital Output State;"
		"Number of Coin Doors;Coin Drawer Drop Count;Coin Drawer Start;"
		"Coin Drawer Service;Coin Drawer Tilt;Coin Door Test"},
	{0x40,
		"Coin Door Lockout;Watchdog Timeout;Watchdog Action;Watchdog Reboot;"
		"Watchdog Restart;Alarm Input;Coin Door Counter;I/O Direction Mapping;"
		"Set I/O Direction Mapping;Extended Optical Input State;Pin Pad Input State;"
		"Pin Pad Status;Pin Pad Output;Pin Pad Command"},
	{0, NULL},
};

static const struct hid_run fido[] = {
	{0x01, "U2F Authenticator Device"},
	{0x20, "Input Report Data;Output Report Data"},
	{0, NULL},
};

const struct hid_page hid_pages_other[] = {
	{0x0040, "Medical Instrument", medical},
	{0x0041, "Braille Display", braille},
	{0x0059, "Lighting And Illumination", lighting},
	{0x0080, "Monitor", monitor},
	{0x0082, "VESA Virtual Controls", vesa},
	{0x0084, "Power", power},
	{0x0085, "Battery System", battery},
	{0x008c, "Barcode Scanner", barcode},
	{0x008d, "Scales", scale},
	{0x008e, "Magnetic Stripe Reader", magnetic},
	{0x0090, "Camera Control", camera},
	{0x0091, "Arcade", arcade},
	{0xf1d0, "FIDO Alliance", fido},
	{0, NULL, NULL},
};
